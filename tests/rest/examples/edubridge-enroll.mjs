const response = await fetch( `${TIMEBACK_API_URL}/edubridge/enrollments/enroll/${userId}/${courseId}/${schoolId}`, { method: 'POST', headers: { Authorization: `Bearer ${accessToken}`, }, },)
