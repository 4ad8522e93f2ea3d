curl https://your-domain.com/api/v1/enrollments/enr_mn0456 \
  -H "Authorization: Bearer <access_token>"
