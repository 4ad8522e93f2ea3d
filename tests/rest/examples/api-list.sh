curl https://your-domain.com/api/enrollments
